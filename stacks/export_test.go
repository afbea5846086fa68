package stacks

// NewForwarder makes the forwarder whose template every forwarder stack has.
var NewForwarder = newForwarder
