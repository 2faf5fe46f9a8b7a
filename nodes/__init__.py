"""What runs: engines, gRPC, command line, configuration and wiring."""
