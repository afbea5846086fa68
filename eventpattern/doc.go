// Package eventpattern compiles Amazon EventBridge event patterns and matches events against them as EventBridge does.
package eventpattern
