"""`python -m otc`"""

import sys

from otc.cli import main

sys.exit(main(sys.argv[1:]))
