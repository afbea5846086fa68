package browser

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// drawn is how a page says what room it takes: see internal/preview/viewer/view.jsx.
var drawn = regexp.MustCompile(`data-drawn="([0-9]{1,5})x([0-9]{1,5})"`)

// tallest is the height of the tallest picture, in pixels of CSS: of a longer page the rest is left out.
const tallest = 6000

// Picture takes a picture of a page that says its size by the attribute data-drawn, as PNG. The scale is how many pixels one of CSS has.
func Picture(ctx context.Context, chromium, address string, scale int) ([]byte, error) {
	dom, err := DOM(ctx, chromium, address)
	if err != nil {
		return nil, err
	}
	m := drawn.FindStringSubmatch(dom)
	if m == nil {
		return nil, fmt.Errorf("%s was not drawn", address)
	}
	width, _ := strconv.Atoi(m[1])
	height, _ := strconv.Atoi(m[2])
	height = min(height, tallest)
	dir, err := os.MkdirTemp("", "trailbus-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "page.png")
	// A window has a least width, and its height may count what is around the page; so it is taken larger, and cut.
	if _, err := run(ctx, chromium, address, "--screenshot="+file, fmt.Sprintf("--window-size=%d,%d", max(width, 600), height+200),
		"--force-device-scale-factor="+strconv.Itoa(scale)); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("no picture was taken: %w", err)
	}
	return crop(data, width*scale, height*scale)
}

// commonest are the 256 colours that most pixels have. A page of text has few, and a picture with a palette a third of the size.
func commonest(whole image.Image, bounds image.Rectangle) color.Palette {
	count := map[color.RGBA]int{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[color.RGBAModel.Convert(whole.At(x, y)).(color.RGBA)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{}
	for _, c := range all[:min(256, len(all))] {
		palette = append(palette, c)
	}
	return palette
}

// crop cuts a PNG to its upper left part.
func crop(data []byte, width, height int) ([]byte, error) {
	whole, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	bounds := image.Rect(0, 0, width, height).Intersect(whole.Bounds())
	part := image.NewPaletted(bounds, commonest(whole, bounds))
	draw.Draw(part, bounds, whole, image.Point{}, draw.Src)
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, part); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
