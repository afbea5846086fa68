//go:build ignore

// Generate makes operations.txt.gz from a table of API operations: a CSV file with a header, whose
// rows are an eventSource and its operations, separated by spaces. Such a table can be read off the
// service models of botocore (Apache-2.0, https://github.com/boto/botocore): an eventSource is the
// signing name, or else the endpoint prefix, and .amazonaws.com.
//
//	go run generate.go api-operations.csv
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run generate.go api-operations.csv")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	operations := map[string][]string{}
	for _, row := range rows[1:] {
		service := strings.ToLower(strings.TrimSuffix(row[0], ".amazonaws.com"))
		operations[service] = append(operations[service], strings.Fields(row[1])...)
	}
	var lines []string
	for service, names := range operations {
		slices.Sort(names)
		lines = append(lines, service+" "+strings.Join(slices.Compact(names), " "))
	}
	slices.Sort(lines)
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(zipped, strings.Join(lines, "\n"))
	if err := zipped.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("operations.txt.gz", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
