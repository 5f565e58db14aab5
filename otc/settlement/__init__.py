"""Where each leg is and when it lands: calendars, rails, the windows of legs, the status as of an instant."""
