package cost

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// FormatDollars writes an amount with cents, and "< $0.01" for less than half a cent.
func FormatDollars(amount float64) string {
	switch {
	case amount == 0:
		return "$0.00"
	case amount < 0.005:
		return "< $0.01"
	}
	whole, cents, _ := strings.Cut(strconv.FormatFloat(amount, 'f', 2, 64), ".")
	return "$" + thousands(whole) + "." + cents
}

// FormatNumber writes a quantity: whole where it is large, with what matters where it is small.
func FormatNumber(n float64) string {
	switch {
	case n == math.Trunc(n) || n >= 100:
		return thousands(strconv.FormatFloat(n, 'f', 0, 64))
	case n < 0.001:
		return "< 0.001"
	}
	return strconv.FormatFloat(n, 'f', 3, 64)
}

func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Print writes the estimate for people.
func (e *Estimate) Print(to io.Writer, prices *Prices) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "A MONTH\tLIST\tFREE TIER\tTO PAY\t  ITEM, PAID BY")
	unverified := false
	for _, item := range e.Items {
		mark := ""
		if !item.Verified {
			unverified, mark = true, "*"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t  %s%s (%s)\n", FormatNumber(item.Quantity), FormatDollars(item.List),
			formatDiscount(item.Free), FormatDollars(item.Pay), item.Name, mark, item.PaidBy)
	}
	fmt.Fprintf(table, "\t%s\t%s\t%s\t  in all\n", FormatDollars(e.List), formatDiscount(e.Free), FormatDollars(e.Pay))
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(to, "\nList prices for %s in %s, written down on %s. They are to be checked:\n", prices.Region,
		prices.Currency, prices.Date)
	for _, source := range e.sources(prices) {
		fmt.Fprintln(to, "  "+source)
	}
	if unverified {
		fmt.Fprintln(to, "* This price was not read on AWS' own page.")
	}
	fmt.Fprintln(to, "\nAssumed:")
	for _, assumption := range Assumptions() {
		fmt.Fprintln(to, "  "+assumption)
	}
	_, err := fmt.Fprintln(to, "This is arithmetic, not a bill.")
	return err
}

func formatDiscount(amount float64) string {
	switch {
	case amount == 0:
		return "-"
	case amount < 0.005:
		return "-$0.00"
	}
	return "-" + FormatDollars(amount)
}

// sources are the pages of the prices that were used.
func (e *Estimate) sources(prices *Prices) []string {
	var pages []string
	for _, item := range e.Items {
		if page := prices.Price(item.PriceID).Source; !slices.Contains(pages, page) {
			pages = append(pages, page)
		}
	}
	return pages
}
