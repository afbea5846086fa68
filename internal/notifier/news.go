package notifier

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/rules"
)

// mostActs bounds what is kept of them.
const mostActs = 50

// act is what a high or critical call did, in few characters; "" of what is less urgent or did nothing.
func act(m *message.Message) string {
	if m.Severity < rules.High || m.Outcome != 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{m.Call, m.Target, m.Params}, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// lacks says that some of the deliveries did what was not told. Without it, a harmless call before the one that matters would keep that
// one back, and in a message about several, only the first is shown with its parameters.
func (c *conversation) lacks(deliveries []*delivery) bool {
	return slices.ContainsFunc(deliveries, func(d *delivery) bool {
		a := act(d.alert)
		return a != "" && !slices.Contains(c.Acts, a)
	})
}

// learn keeps what the deliveries did.
func (c *conversation) learn(deliveries []*delivery) {
	for _, d := range deliveries {
		if a := act(d.alert); a != "" && !slices.Contains(c.Acts, a) && len(c.Acts) < mostActs {
			c.Acts = append(c.Acts, a)
		}
	}
}
