package adopt

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
)

// xmlTable is a table as "mysqldump --xml" writes it.
type xmlTable struct {
	Name string `xml:"name,attr"`
	Rows []struct {
		Fields []struct {
			Name string `xml:"name,attr"`
			Null string `xml:"http://www.w3.org/2001/XMLSchema-instance nil,attr"`
			Text string `xml:",chardata"`
		} `xml:"field"`
	} `xml:"row"`
}

// ReadXMLDump reads what "mysqldump --xml" writes of the tables; others do no harm. A table that the dump lacks is an error, but
// for ProvidersTable and RulesTable: what is not looked at would be lost without a word.
func ReadXMLDump(r io.Reader) (Export, error) {
	tables := map[string][]Object{}
	seen := map[string]bool{}
	for d := xml.NewDecoder(r); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Export{}, fmt.Errorf("read the dump: %w", err)
		}
		start, opens := token.(xml.StartElement)
		if !opens || start.Name.Local != "table_data" {
			continue
		}
		var table xmlTable
		if err := d.DecodeElement(&table, &start); err != nil {
			return Export{}, fmt.Errorf("read the dump: %w", err)
		}
		seen[table.Name] = true
		if table.Name != ProvidersTable && table.Name != RulesTable && !slices.Contains(Tables(), table.Name) {
			continue
		}
		if tables[table.Name], err = table.objects(); err != nil {
			return Export{}, fmt.Errorf("read the dump of table %s: %w", table.Name, err)
		}
	}
	var errs []error
	for _, name := range Tables() {
		if !seen[name] {
			errs = append(errs, fmt.Errorf("the dump has no table %s", name))
		}
	}
	if len(errs) > 0 {
		return Export{}, errors.Join(errs...)
	}
	return fromTables(tables)
}

func (t *xmlTable) objects() ([]Object, error) {
	var objects []Object
	for n, row := range t.Rows {
		o := Object{}
		for _, field := range row.Fields {
			if field.Null == "true" {
				o[field.Name] = nil
				continue
			}
			value, err := parseValue(field.Name, field.Text)
			if err != nil {
				return nil, fmt.Errorf("row %d, column %s: %w", n+1, field.Name, err)
			}
			o[field.Name] = value
		}
		objects = append(objects, o)
	}
	return objects, nil
}
