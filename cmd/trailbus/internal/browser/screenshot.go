package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
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
	// A window has a least width, and its height may count what is around the page. So the window is
	// larger, and the picture is cropped.
	window := fmt.Sprintf("--window-size=%d,%d", max(width, 600), height+200)
	scaled := "--force-device-scale-factor=" + strconv.Itoa(scale)
	if _, err := run(ctx, chromium, address, "--screenshot="+file, window, scaled); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no picture was taken: %w", err)
	}
	return crop(data, width*scale, height*scale)
}

// crop gives the upper left part of a PNG.
func crop(data []byte, width, height int) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	part := image.NewRGBA(image.Rect(0, 0, width, height).Intersect(whole.Bounds()))
	draw.Draw(part, part.Bounds(), whole, image.Point{}, draw.Src)
	var b bytes.Buffer
	err = png.Encode(&b, part)
	return b.Bytes(), err
}
