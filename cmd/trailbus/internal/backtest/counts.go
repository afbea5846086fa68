package backtest

// maxKeys is how many days or accounts are counted one by one. No trail has more; a file that pretends to shall not fill the memory.
const maxKeys = 10_000

// others is what is counted together once there are [maxKeys] keys.
const others = "others"

// counts are numbers by a day or an account.
type counts map[string]int

func (c *counts) add(key string) {
	if *c == nil {
		*c = counts{}
	}
	if _, ok := (*c)[key]; !ok && len(*c) >= maxKeys {
		key = others
	}
	(*c)[key]++
}
