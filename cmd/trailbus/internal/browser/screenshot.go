package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// sizeAttribute is how a page says what room it takes: see the page of trailbus preview,
// viewer/view.jsx.
var sizeAttribute = regexp.MustCompile(`data-drawn="([0-9]{1,5})x([0-9]{1,5})"`)

// maxHeight is the height of the tallest picture, in pixels of CSS: of a longer page the rest is
// left out.
const maxHeight = 6000

// Screenshot takes a picture of a page that says its size by the attribute data-drawn, as PNG. The
// scale is how many pixels one of CSS has.
func Screenshot(ctx context.Context, chromium, address string, scale int) ([]byte, error) {
	dom, err := DOM(ctx, chromium, address)
	if err != nil {
		return nil, err
	}
	m := sizeAttribute.FindStringSubmatch(dom)
	if m == nil {
		return nil, fmt.Errorf("%s was not drawn", address)
	}
	width, _ := strconv.Atoi(m[1])
	height, _ := strconv.Atoi(m[2])
	height = min(height, maxHeight)
	dir, err := os.MkdirTemp("", "trailbus-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.png")
	// A window has a least width, and its height may count what is around the page.
	if _, err := run(ctx, chromium, address, "--screenshot="+file, fmt.Sprintf("--window-size=%d,%d", max(width, 600),
		height+200),
		"--force-device-scale-factor="+strconv.Itoa(scale)); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no picture was taken: %w", err)
	}
	return data, nil
}
