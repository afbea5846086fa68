package delivery

import (
	"context"
	"encoding/json"

	"github.com/trailbus/trailbus/internal/delivery/sqsevent"
)

// Invoke is [Notifier.Handle] with the payload and response of Lambda as JSON. Without it, Lambda's
// library would decode the event with encoding/json, which takes longer than [sqsevent.Read].
func (n *Notifier) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	batch, err := sqsevent.Read(payload)
	if err != nil {
		return nil, err
	}
	response, err := n.Handle(ctx, batch)
	if err != nil {
		return nil, err
	}
	return json.Marshal(response)
}
