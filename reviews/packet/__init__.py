"""The decision packet: what it holds, its one written form, its digest and its offline check."""
