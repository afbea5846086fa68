package config

// Alarms says who is told, around Slack, that Trailbus itself does not work.
type Alarms struct {
	// Emails are the addresses. AWS asks each to confirm. None: there are no alarms.
	Emails []string
}
