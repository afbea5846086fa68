package delivery

import "slices"

// maxSignatures bounds what is kept of them.
const maxSignatures = 50

// firstNovel gives the first of the deliveries that did what was not told; nil where all was. Without it, a harmless call before the one that
// matters would keep that one back, and in a message about several, only one is shown with its parameters.
func (c *groupState) firstNovel(deliveries []*delivery) *delivery {
	if i := slices.IndexFunc(deliveries, c.isNovel); i >= 0 {
		return deliveries[i]
	}
	return nil
}

// isNovel says that a delivery did what was not told.
func (c *groupState) isNovel(d *delivery) bool {
	return d.summary.Act != "" && !slices.Contains(c.Signatures, d.summary.Act)
}

// addSignatures keeps what the deliveries did.
func (c *groupState) addSignatures(deliveries []*delivery) {
	for _, d := range deliveries {
		if c.isNovel(d) && len(c.Signatures) < maxSignatures {
			c.Signatures = append(c.Signatures, d.summary.Act)
		}
	}
}
