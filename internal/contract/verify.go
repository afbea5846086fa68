package contract

// What `trailbus verify` puts on default event buses. Whoever may put events there can put such ones, so nothing of them is believed but
// the account and the Region, which EventBridge writes.
const (
	VerifySource     = "trailbus.verify"
	VerifyDetailType = "Trailbus Verify"
)

// Signals are the detail-types of what the queue holds beside CloudTrail events.
var Signals = []string{HeartbeatDetailType, ForwarderCheckDetailType, VerifyDetailType}
