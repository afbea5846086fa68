package demo

import (
	"testing"

	"github.com/trailbus/trailbus/internal/local/walk"
)

func TestMain(m *testing.M) { walk.Main(m) }
