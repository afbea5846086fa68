package localaws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// MotoVersion is the version of moto that the patches are written for; another one is not used.
const MotoVersion = "5.2.1"

// ErrNoMoto says that there is no Python with the moto server in its version MotoVersion. Install
// makes one.
var ErrNoMoto = errors.New("the local AWS needs python3 with moto " + MotoVersion +
	": run `pip install 'moto[server]==" + MotoVersion + "'`")

// Find returns the path of a Python that has moto's server: that of Install's virtual environment
// in cacheDir, or else the python3 (python on Windows) on the PATH. An empty cacheDir is not looked
// into. The error wraps ErrNoMoto and says what was tried.
func Find(ctx context.Context, cacheDir string) (python string, err error) {
	candidates := []string{systemPython()}
	if cacheDir != "" {
		candidates = []string{venvPython(cacheDir), systemPython()}
	}
	var tried []string
	for _, candidate := range candidates {
		found, err := probe(ctx, candidate)
		if err == nil {
			return found, nil
		}
		tried = append(tried, fmt.Sprintf("%s: %v", candidate, err))
	}
	return "", fmt.Errorf("%w (tried %s)", ErrNoMoto, strings.Join(tried, "; "))
}

// Install makes a virtual environment in cacheDir and installs moto's server into it with pip,
// which needs a package index. What pip says goes to out. It returns the path of the environment's
// Python, which Find then finds by itself.
func Install(ctx context.Context, cacheDir string, out io.Writer) (python string, err error) {
	python = venvPython(cacheDir)
	for _, args := range [][]string{
		{systemPython(), "-m", "venv", filepath.Join(cacheDir, "moto")},
		{python, "-m", "pip", "install", "--disable-pip-version-check", "moto[server]==" + MotoVersion},
	} {
		fmt.Fprintln(out, strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("installing moto %s into %s: %s: %w", MotoVersion, cacheDir, args[0], err)
		}
	}
	return probe(ctx, python)
}

func systemPython() string {
	if runtime.GOOS == "windows" {
		return "python"
	}
	return "python3"
}

func venvPython(cacheDir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(cacheDir, "moto", "Scripts", "python.exe")
	}
	return filepath.Join(cacheDir, "moto", "bin", "python3")
}

// probe asks a Python for its own path and for moto's version. Its own path, because python3 may be
// a script (pyenv's shims are) that starts the real one: ending the script would leave the server
// running.
func probe(ctx context.Context, python string) (string, error) {
	if _, err := exec.LookPath(python); err != nil {
		return "", errors.New("not found")
	}
	const question = "import importlib.metadata as m, sys; import flask; print(sys.executable); print(m.version('moto'))"
	cmd := exec.CommandContext(ctx, python, "-c", question)
	cmd.Env = append(os.Environ(), "PYTHONWARNINGS=ignore")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	answer, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(complaint.String()), "\n")
		return "", fmt.Errorf("%w: %s", err, lines[len(lines)-1])
	}
	path, version, _ := strings.Cut(strings.TrimSpace(string(answer)), "\n")
	if version = strings.TrimSpace(version); version != MotoVersion {
		return "", fmt.Errorf("has moto %s, wanted %s", version, MotoVersion)
	}
	return strings.TrimSpace(path), nil
}
