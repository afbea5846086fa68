//go:build unix

// Command synth measures the time and the memory of the synthesis of 10, 100, 500 and 1,700
// forwarder stacks and the central stack, against the same app in TypeScript (app.ts), compiled
// before and by ts-node, on the same aws-cdk-lib. Run it by `make bench-synth`, on Linux.
//
// Both apps run without compiling the Lambda and without the validation of the CDK, which cost the
// same in each language.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// app is one of the programs that are compared.
type app struct {
	name    string
	command []string
}

func main() {
	sizes := flag.String("stacks", "10,100,500,1700", "numbers of stacks")
	runs := flag.Int("runs", 3, "how often each is run; the best counts")
	slow := flag.Bool("ts-node", true, "measure ts-node too")
	flag.Parse()
	if err := bench(strings.Split(*sizes, ","), *runs, *slow); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func bench(sizes []string, runs int, slow bool) error {
	if _, err := os.Stat("bench/synth/node_modules/.bin/tsc"); err != nil {
		return errors.New("bench/synth: its npm packages are not there, run, in the folder of the repository: npm --prefix bench/synth ci")
	}
	dir, err := os.MkdirTemp("", "trailbus-synth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	apps := []app{
		{"Go", []string{filepath.Join(dir, "trailbus")}},
		{"JavaScript", []string{"node", "bench/synth/dist/app.js"}},
		{"ts-node", []string{"bench/synth/node_modules/.bin/ts-node", "--project", "bench/synth/tsconfig.json",
			"--prefer-ts-exts", "bench/synth/app.ts"}},
	}
	if !slow {
		apps = apps[:2]
	}
	for _, command := range [][]string{
		{"go", "build", "-o", apps[0].command[0], "."},
		{"bench/synth/node_modules/.bin/tsc", "--project", "bench/synth"},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(command, " "), err, out)
		}
	}
	context, err := cdkContext()
	if err != nil {
		return err
	}
	fmt.Printf("Best of %d. %s UTC, load %s.\n\n", runs, time.Now().UTC().Format("2006-01-02 15:04"), load())
	fmt.Println("| stacks | app | time | processor | memory | time, to JavaScript | processor, to JavaScript |\n| --- | --- | --- | --- | --- | --- | --- |")
	for _, size := range sizes {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 {
			return fmt.Errorf("-stacks: found %q, allowed: numbers with commas between them", size)
		}
		w := work{dir: dir, stacks: n, context: context}
		if err := w.prepare(); err != nil {
			return err
		}
		best := make([]usage, len(apps))
		for run := range runs { // in turns, so that other work on the machine affects each app
			for i, a := range apps {
				used, err := w.run(a)
				if err != nil {
					return fmt.Errorf("%s, %d stacks: %w", a.name, n, err)
				}
				if run == 0 || used.clock < best[i].clock {
					best[i].clock = used.clock
				}
				if run == 0 || used.processor < best[i].processor {
					best[i].processor = used.processor
				}
				best[i].memory = max(best[i].memory, used.memory)
			}
			if err := w.compare(apps[0], apps[1]); err != nil {
				return err
			}
		}
		for i, a := range apps {
			fmt.Printf("| %d | %s | %.2f s | %.2f s | %d MB | %.2f | %.2f |\n", n, a.name, best[i].clock.Seconds(),
				best[i].processor.Seconds(), best[i].memory>>20,
				best[i].clock.Seconds()/best[1].clock.Seconds(), best[i].processor.Seconds()/best[1].processor.Seconds())
		}
	}
	fmt.Printf("\nAt the end: load %s.\n", load())
	return nil
}

// cdkContext returns the context of cdk.json, in which no stack compiles the Lambda.
func cdkContext() (string, error) {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return "", err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return "", fmt.Errorf("cdk.json: %w", err)
	}
	file.Context["aws:cdk:bundling-stacks"] = []string{}
	text, err = json.Marshal(file.Context)
	return string(text), err
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}
