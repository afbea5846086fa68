package delivery

import "slices"

// mostActs bounds what is kept of them.
const mostActs = 50

// unlike gives the first of the deliveries that did what was not told; nil where all was. Without it, a harmless call before the one that
// matters would keep that one back, and in a message about several, only one is shown with its parameters.
func (c *conversation) unlike(deliveries []*delivery) *delivery {
	if i := slices.IndexFunc(deliveries, c.lacks); i >= 0 {
		return deliveries[i]
	}
	return nil
}

// lacks says that a delivery did what was not told.
func (c *conversation) lacks(d *delivery) bool {
	return d.brief.Signature != "" && !slices.Contains(c.Acts, d.brief.Signature)
}

// learn keeps what the deliveries did.
func (c *conversation) learn(deliveries []*delivery) {
	for _, d := range deliveries {
		if c.lacks(d) && len(c.Acts) < mostActs {
			c.Acts = append(c.Acts, d.brief.Signature)
		}
	}
}
