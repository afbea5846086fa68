//go:build !unix

package child

import "os/exec"

func prepare(*exec.Cmd) {}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
