package notifier

import "slices"

// mostActs bounds what is kept of them.
const mostActs = 50

// lacks says that some of the deliveries did what was not told. Without it, a harmless call before the one that matters would keep that
// one back, and in a message about several, only the first is shown with its parameters.
func (c *conversation) lacks(deliveries []*delivery) bool {
	return slices.ContainsFunc(deliveries, func(d *delivery) bool {
		a := d.brief.Act
		return a != "" && !slices.Contains(c.Acts, a)
	})
}

// learn keeps what the deliveries did.
func (c *conversation) learn(deliveries []*delivery) {
	for _, d := range deliveries {
		if a := d.brief.Act; a != "" && !slices.Contains(c.Acts, a) && len(c.Acts) < mostActs {
			c.Acts = append(c.Acts, a)
		}
	}
}
