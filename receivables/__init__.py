"""Vouchers as ranges of a package: issue, accept, transfer, finance, pay."""
