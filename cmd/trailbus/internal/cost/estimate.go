package cost

import (
	"math"
)

// The payers of items.
const (
	Senders  = "sending accounts"
	Central  = "central account"
	Pipeline = "pipeline's account"
	Trail    = "trail's accounts"
)

// Item is one line of an estimate, for a month.
type Item struct {
	Name     string  `json:"name"`
	Quantity float64 `json:"quantity"`
	// PriceID names the price, whose unit Quantity is in.
	PriceID string `json:"price"`
	PaidBy  string `json:"paidBy"`
	// List is the list price in dollars, Free what the free tier takes off it, and Pay what is
	// left.
	List float64 `json:"list"`
	Free float64 `json:"freeTier"`
	Pay  float64 `json:"pay"`
	// Verified is that of the price.
	Verified bool `json:"priceVerified"`
}

// Estimate is what Trailbus costs a month.
type Estimate struct {
	Usage Usage   `json:"usage"`
	Items []Item  `json:"items"`
	List  float64 `json:"list"`
	Free  float64 `json:"freeTier"`
	Pay   float64 `json:"pay"`
}

// New estimates what a usage costs a month by the prices. The free tier is taken as if nothing else
// in the accounts used it.
func New(u Usage, prices *Prices) *Estimate {
	b := &builder{prices: prices, freeLeft: map[string]float64{}}
	for _, p := range prices.Prices {
		b.freeLeft[p.ID] = p.Free
	}
	events := u.EventsPerDay * daysPerMonth
	messages := u.MessagesPerDay * daysPerMonth
	heartbeats := float64(u.Forwarders) * u.HeartbeatsPerDay * daysPerMonth
	chunks := math.Max(1, math.Ceil(u.EventKB/chunkKB))
	runs := math.Min(events+heartbeats, runsPerSecond*secondsPerDay*daysPerMonth)

	b.add(Senders, "bus-delivery", "Events delivered to the central bus", events*chunks)
	b.add(Senders, "bus-delivery", "Heartbeats delivered to the central bus", heartbeats)
	b.add(Senders, "region-transfer", "Data between Regions, GB", (events*u.EventKB+heartbeats*heartbeatKB)/kbPerGB)
	b.add(Senders, "rules", "Forwarding rules", float64(u.Forwarders*u.ForwardingRules))
	b.add(Senders, "stack-sets", "Stacks of the forwarders, by a stack set or not", float64(u.Forwarders))
	b.add(Central, "queue-request", "Queue: events and heartbeats put in", events*chunks+heartbeats)
	b.add(Central, "queue-request", "Queue: taken out, and asked in vain", emptyReceives+2*runs+
		2*math.Max(0, events*chunks+heartbeats-runs)/messagesPerRequest)
	b.add(Central, "function-request", "Notifier: runs", runs)
	b.add(Central, "function-time", "Notifier: GB-seconds", functionGB*(runs*runSeconds+messages*slackSeconds))
	b.add(Central, "table-write", "Table: writes", messages*writesPerMessage+heartbeats*writesPerHeartbeat)
	b.add(Central, "table-read", "Table: reads", messages*readsPerMessage+heartbeats*readsPerHeartbeat)
	logs := (events*logKBPerEvent + runs*logKBPerRun) / kbPerGB
	b.add(Central, "log-ingested", "Logs, GB", logs)
	b.add(Central, "log-kept", "Logs kept for three months, GB", logs*logMonths)
	b.add(Central, "metric", "Metrics", float64(u.Metrics))
	b.add(Central, "alarm", "Alarms", float64(u.Alarms))
	b.optional(Central, "dashboard", "Dashboards", float64(u.Dashboards))
	b.add(Central, "secret", "Slack secret", 1)
	archived := events * u.EventKB / kbPerGB
	b.add(Central, "archive-processed", "Archive: put in, GB", archived)
	b.add(Central, "archive-kept", "Archive: kept, GB", archived*u.ArchiveDays/daysPerMonth)
	b.optional(Trail, "trail-copy", "Further copies of management events", u.TrailCopiesPerDay*daysPerMonth)
	b.optional(Central, "key", "KMS keys of one's own", float64(u.Keys))
	if u.PipelineActions > 0 {
		b.optional(Pipeline, "pipeline-minute", "Pipeline: action minutes",
			u.Deployments*float64(u.PipelineActions)*minutesPerAction)
		b.optional(Pipeline, "build-minute", "Pipeline: build minutes", u.Deployments*buildMinutes)
	}

	e := &Estimate{Usage: u, Items: b.items}
	for _, item := range e.Items {
		e.List += item.List
		e.Free += item.Free
		e.Pay += item.Pay
	}
	return e
}

type builder struct {
	prices   *Prices
	items    []Item
	freeLeft map[string]float64 // of the free tier, by price
}

// optional adds an item where its quantity is not zero.
func (b *builder) optional(paidBy, price, name string, quantity float64) {
	if quantity > 0 {
		b.add(paidBy, price, name, quantity)
	}
}

func (b *builder) add(paidBy, id, name string, quantity float64) {
	price := b.prices.Price(id)
	free := math.Min(quantity, b.freeLeft[id])
	b.freeLeft[id] -= free
	item := Item{Name: name, Quantity: quantity, PriceID: id, PaidBy: paidBy, Verified: price.Verified,
		List: price.Of(quantity), Free: price.Of(free)}
	item.Pay = item.List - item.Free
	b.items = append(b.items, item)
}
