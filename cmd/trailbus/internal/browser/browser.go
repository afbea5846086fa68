// Package browser shows a local page in the user's browser, and takes pictures of one with a
// headless Chromium where there is one.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// EnvVar names the variable that says where Chromium is, for where it is not found by itself.
const EnvVar = "CHROMIUM"

// ErrNotFound says that there is no Chromium on this machine.
var ErrNotFound = errors.New("no Chromium or Chrome was found; the environment variable " + EnvVar +
	" can say where one is")

// names are how Chromium is called, in the search path or as a path.
var names = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// Find gives the path of a Chromium, or [ErrNotFound].
func Find() (string, error) {
	if path := os.Getenv(EnvVar); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNotFound
}

// FileURL is the address of a local file, with a fragment where it is not "".
func FileURL(path, fragment string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: path, Fragment: fragment}).String()
}

// Open shows an address in the user's browser. It does not wait for it.
func Open(address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	default:
		if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" && os.Getenv("WSL_DISTRO_NAME") == "" {
			return errors.New("there is no display here")
		}
	}
	command := exec.Command(name, args...)
	if err := command.Start(); err != nil {
		return err
	}
	go command.Wait() // it may live as long as the browser
	return nil
}

// run runs a headless Chromium on an address, in a profile of its own that is removed afterwards.
// It gives what it printed.
func run(ctx context.Context, chromium, address string, args ...string) ([]byte, error) {
	profile, err := os.MkdirTemp("", "trailbus-browser-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(profile)
	all := []string{"--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
		"--user-data-dir=" + profile}
	if runtime.GOOS == "linux" && os.Getuid() == 0 {
		all = append(all, "--no-sandbox") // as root, as in most containers, Chromium does not start with it
	}
	command := exec.CommandContext(ctx, chromium, append(append(all, args...), address)...)
	command.Env = append(os.Environ(), "TZ=UTC") // a picture is the same wherever it is taken
	var said strings.Builder
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(chromium), err, lines[len(lines)-1])
	}
	return out, nil
}

// DOM gives a page as it stands when its scripts have run.
func DOM(ctx context.Context, chromium, address string) (string, error) {
	out, err := run(ctx, chromium, address, "--dump-dom")
	return string(out), err
}
