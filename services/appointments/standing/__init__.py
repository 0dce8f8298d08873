"""Where people stand with the rules: what counts against them, pauses, appeals, emergencies."""
