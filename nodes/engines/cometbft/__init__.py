"""The CometBFT adapter of the engine port: ABCI 2.0 over a socket, beside an engine process of its own.

`framing` cuts the socket's bytes, `server` keeps the order of replies, `adapter` is what an application must do and
knows neither socket nor clock, `bundles` is what travels in blocks, `rpc` asks the engine. Which transactions are
good, and what they do, is decided where it is for the solo engine too: in `ledger` and the domains.
"""
