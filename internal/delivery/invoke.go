package delivery

import (
	"context"
	"encoding/json"

	"github.com/trailbus/trailbus/internal/delivery/sqsevent"
)

// Invoke is [Notifier.Handle] for what Lambda sends and takes. Without it, Lambda's library would decode the event with encoding/json.
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
