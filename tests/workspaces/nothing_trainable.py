from opto import trace

print((trace.node(20) + 1).data)
