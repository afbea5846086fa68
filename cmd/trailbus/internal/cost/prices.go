// Package cost estimates what Trailbus costs a month, from AWS' list prices. It makes no calls.
package cost

import (
	_ "embed"
	"encoding/json"
)

//go:embed prices.json
var pricesJSON []byte

// Prices are AWS' list prices on one day.
type Prices struct {
	// Date is the day on which they were written down, such as 2026-11-22.
	Date string `json:"date"`
	// Region is the Region of the prices. Others cost up to a half more.
	Region   string  `json:"region"`
	Currency string  `json:"currency"`
	Prices   []Price `json:"prices"`
}

// Price is the price of one thing.
type Price struct {
	ID string `json:"id"`
	// What says what is counted.
	What string `json:"what"`
	// Dollars is the price of Per of them.
	Dollars float64 `json:"dollars"`
	Per     float64 `json:"per"`
	// Free is how many of them an account has free each month, for ever. What is free for the first
	// year is not in it.
	Free float64 `json:"free"`
	// Source is AWS' own page with the price.
	Source string `json:"source"`
	// Verified says that the price was read on a copy of that page. Others are as third parties
	// give them.
	Verified bool `json:"verified"`
}

// Of is the price of a number of things, in dollars.
func (p *Price) Of(quantity float64) float64 { return quantity / p.Per * p.Dollars }

// ListPrices are the prices that come with this version of Trailbus.
var ListPrices = func() *Prices {
	p := &Prices{}
	if err := json.Unmarshal(pricesJSON, p); err != nil {
		panic("prices.json: " + err.Error())
	}
	return p
}()

// Price is the price with an id. A test holds that it exists.
func (p *Prices) Price(id string) *Price {
	for i := range p.Prices {
		if p.Prices[i].ID == id {
			return &p.Prices[i]
		}
	}
	panic("prices.json has no price " + id)
}
