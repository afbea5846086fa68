// Package doctor decides, from what was found in AWS, where Trailbus does not see what it should. It asks nobody and knows no time but the
// one that it is given; package inspect asks.
package doctor
