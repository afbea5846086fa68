// Package child starts programs so that they can be ended together with what they started.
package child

import "os/exec"

// Prepare makes the command, before it is started, the head of a process group of its own where the
// system has such groups. An interrupt typed at the terminal then reaches this program only, which
// ends the child in its own time.
func Prepare(cmd *exec.Cmd) { prepare(cmd) }

// Kill ends a started command, by its process id, and on Unix its whole process group. It does not
// wait: cmd.Wait does.
func Kill(cmd *exec.Cmd) { kill(cmd) }
