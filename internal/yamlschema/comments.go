package yamlschema

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// Comments are the doc comments of types, of their fields and of constants: "rules.Rule", "rules.Rule.ID", "rules.Low".
type Comments struct {
	of map[string]string
	// words are the constants of each type of string, in the order of the code.
	words map[string][]word
}

type word struct{ value, comment string }

// Of gives the comment of a type, a field or a constant.
func (c Comments) Of(name string) string { return c.of[name] }

// ReadComments reads the Go files of some folders.
func ReadComments(folders ...string) (Comments, error) {
	found := Comments{map[string]string{}, map[string][]word{}}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			return found, err
		}
		if len(files) == 0 {
			return found, fmt.Errorf("%s has no Go files", folder)
		}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				return found, err
			}
			for _, decl := range parsed.Decls {
				if general, ok := decl.(*ast.GenDecl); ok {
					found.add(parsed.Name.Name, general)
				}
			}
		}
	}
	return found, nil
}

func (c Comments) add(pkg string, decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			c.put(pkg+"."+s.Name.Name, s.Doc, decl.Doc)
			fields, ok := s.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					c.put(pkg+"."+s.Name.Name+"."+name.Name, field.Doc, field.Comment)
				}
			}
		case *ast.ValueSpec:
			for i, name := range s.Names {
				c.put(pkg+"."+name.Name, s.Doc, s.Comment)
				named, ok := s.Type.(*ast.Ident)
				if !ok || decl.Tok != token.CONST || i >= len(s.Values) {
					continue
				}
				if literal, ok := s.Values[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					value, _ := strconv.Unquote(literal.Value)
					c.words[pkg+"."+named.Name] = append(c.words[pkg+"."+named.Name], word{value, inKeys(c.of[pkg+"."+name.Name], value, name.Name)})
				}
			}
		}
	}
}

// put keeps the first comment that says something, in one line for each paragraph.
func (c Comments) put(name string, groups ...*ast.CommentGroup) {
	for _, group := range groups {
		if text := strings.TrimSpace(group.Text()); text != "" {
			paragraphs := strings.Split(text, "\n\n")
			for i, paragraph := range paragraphs {
				paragraphs[i] = strings.Join(strings.Fields(paragraph), " ")
			}
			c.of[name] = strings.Join(paragraphs, "\n\n")
			return
		}
	}
}
