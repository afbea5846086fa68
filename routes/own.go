package routes

// Own is the name of the place for what Trailbus says of itself: a webhook of that name in the Slack secret, or a channel that a route
// names.
const Own = "trailbus"

// Trailbus is where Trailbus tells of itself, such as of a forwarder that fell silent: the channel #trailbus where a route names it,
// else the webhook [Own], for which the webhook [Default] stands in where the secret has none; and the fallback where that is a channel.
func (t Table) Trailbus() Place {
	for i := range t {
		for _, place := range t[i].Places() {
			if place.Channel == "#"+Own || place.Webhook == Own {
				place.Mention = ""
				return place
			}
		}
	}
	if fallback := t.Fallback(); fallback.Channel != "" {
		return fallback
	}
	return Place{Webhook: Own}
}
