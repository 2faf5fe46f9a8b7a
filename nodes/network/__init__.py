"""A network of nodes that agree through CometBFT, as whoever founds or watches it sees it.

`plan` is what network.json says of its nodes, `making` makes their data directories from one genesis, `running` keeps
several nodes of one machine running, `status` asks them all. What a single node does is in `nodes`; a member's own node
is one data directory and needs nothing of this.
"""
