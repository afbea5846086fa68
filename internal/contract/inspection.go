package contract

// InspectionRole is the name of the role that a forwarder may offer to the central account. It is fixed, since who takes it must know it, and
// begins with the name of the forwarder's stack, as everything that the service control policy of `trailbus scp` keeps.
const InspectionRole = "TrailbusForwarder-Inspection"
