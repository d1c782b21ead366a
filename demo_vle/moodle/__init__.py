"""What Moodle does, as seen on Moodle 4.5 and read in its source."""
