//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what a program and the programs that it started used.
type usage struct {
	clock, processor time.Duration
	memory           int64 // the peak of their resident memory together, in bytes, sampled 40 times a second
}

// measure runs a command to its end, and returns its output too.
func measure(command *exec.Cmd) (usage, []byte, error) {
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a group of its own, by which its children are found
	begin := time.Now()
	if err := command.Start(); err != nil {
		return usage{}, nil, err
	}
	ended, most := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		for {
			select {
			case <-ended:
				most <- peak
				return
			case <-time.After(25 * time.Millisecond):
				peak = max(peak, residentMemory(command.Process.Pid))
			}
		}
	}()
	err := command.Wait()
	used := usage{clock: time.Since(begin), processor: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
	close(ended)
	used.memory = <-most
	return used, printed.Bytes(), err
}

// residentMemory returns the resident memory of a process group in bytes:
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func residentMemory(group int) (sum int64) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the third on
		if len(fields) < 22 || fields[2] != strconv.Itoa(group) {
			continue
		}
		pages, _ := strconv.ParseInt(fields[21], 10, 64)
		sum += pages * int64(os.Getpagesize())
	}
	return sum
}
