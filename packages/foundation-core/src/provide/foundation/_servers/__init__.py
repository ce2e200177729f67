"""What servers are given, so that their lines come out as all others do."""
