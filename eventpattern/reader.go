package eventpattern

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// fieldTree is a trie of the paths that patterns mention, with a number for each.
type fieldTree struct {
	root  pathNode
	paths int
}

// pathNode is a node of a fieldTree. Its keys have no dots.
type pathNode struct {
	next map[string]*pathNode
	path int // the number of the path, from 1; 0 if no field ends here
}

func (t *fieldTree) number(path string) int {
	at := &t.root
	for key := range strings.SplitSeq(path, ".") {
		if at.next == nil {
			at.next = map[string]*pathNode{}
		}
		if at.next[key] == nil {
			at.next[key] = &pathNode{}
		}
		at = at.next[key]
	}
	if at.path == 0 {
		t.paths++
		at.path = t.paths
	}
	return at.path
}

// child returns the node for a key of the event, or nil. A dot in the key is equivalent to nesting.
func (s *pathNode) child(key []byte) *pathNode {
	if next, ok := s.next[string(key)]; ok {
		return next
	}
	for s != nil {
		first, rest, dot := bytes.Cut(key, []byte("."))
		next := s.next[string(first)]
		if !dot {
			return next
		}
		s, key = next, rest
	}
	return nil
}

// reader reads an event once, and keeps the leaves at the paths of a fieldTree.
type reader struct {
	jsontext.Cursor
	leaves   []leaf
	paths    []leavesOfPath // by the path's number
	elements []element      // numbered from 1 in the order they begin in the event
	ends     []int          // by array, numbered from 1: the last element in it, or nested in it
	scratch  []byte         // decoded strings
}

// leaf is a value at the end of a path, in the event or in one of its arrays.
type leaf struct {
	value
	in   int // the element of an array that it lies in, or 0
	next int // the next leaf of the same path
}

// leavesOfPath is a linked list of leaves. Leaves are numbered from 1, and 0 means none.
type leavesOfPath struct {
	first   int
	inArray bool // a leaf lies in an element of an array
	// The event has an object, or an empty array, at the path: no leaf.
	object, emptyArray bool
}

// element is an object or an array that is an element of an array. A scalar needs none: it is the
// only leaf of its element, so it cannot conflict with another.
type element struct {
	array, index int
	in           int // the element that the array lies in, or 0
}

var readers = sync.Pool{New: func() any { return &reader{} }}

// read reads an event for the paths of a tree.
func (e *reader) read(fields *fieldTree, event []byte) error {
	e.Cursor = jsontext.Cursor{Data: event}
	e.leaves = append(e.leaves[:0], leaf{})
	e.elements = append(e.elements[:0], element{})
	e.ends = append(e.ends[:0], 0)
	e.scratch = e.scratch[:0]
	if n := fields.paths + 1; cap(e.paths) < n {
		e.paths = make([]leavesOfPath, n)
	} else {
		e.paths = e.paths[:n]
		clear(e.paths)
	}
	err := e.event(&fields.root)
	if err != nil {
		return fmt.Errorf("event: %w", err)
	}
	return nil
}

// release drops the event, so that a pooled reader does not keep it in memory.
func (e *reader) release() {
	e.Cursor = jsontext.Cursor{}
	clear(e.leaves)
	if cap(e.scratch) > 1<<16 {
		e.scratch = nil
	}
}

func (e *reader) event(root *pathNode) error {
	if e.Peek() != '{' {
		if err := e.SkipValue(0); err != nil {
			return err
		}
		return errors.New("not an object")
	}
	if err := e.object(root, 0, 0); err != nil {
		return err
	}
	return e.End()
}

func (e *reader) object(at *pathNode, in, depth int) error {
	return e.Members(depth, &e.scratch, func(key []byte) error {
		if next := at.child(key); next != nil {
			return e.value(next, in, depth+1)
		}
		return e.SkipValue(depth + 1)
	})
}

func (e *reader) value(at *pathNode, in, depth int) error {
	switch e.Peek() {
	case '{':
		if at.path != 0 {
			e.paths[at.path].object = true
		}
		return e.object(at, in, depth)
	case '[':
		return e.array(at, in, depth)
	}
	if at.path == 0 {
		return e.SkipValue(depth)
	}
	var text []byte
	var err error
	if e.Peek() == '"' {
		text, err = e.QuotedString(&e.scratch)
	} else {
		text, err = e.Scalar()
	}
	if err != nil {
		return err
	}
	path := &e.paths[at.path]
	e.leaves = append(e.leaves, leaf{value: value{text: text}, in: in, next: path.first})
	path.first = len(e.leaves) - 1
	path.inArray = path.inArray || in != 0
	return nil
}

func (e *reader) array(at *pathNode, in, depth int) error {
	array := len(e.ends)
	e.ends = append(e.ends, 0)
	empty := true
	err := e.Elements(depth, func(index int) error {
		empty = false
		inside := in
		if b := e.Peek(); b == '{' || b == '[' {
			e.elements = append(e.elements, element{array: array, index: index, in: in})
			inside = len(e.elements) - 1
		}
		return e.value(at, inside, depth+1)
	})
	e.ends[array] = len(e.elements) - 1
	if empty && at.path != 0 {
		e.paths[at.path].emptyArray = true
	}
	return err
}
