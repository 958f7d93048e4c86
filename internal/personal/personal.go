// Package personal says which columns of the database belong to a person: what of them is in the copy of their data, and
// what happens to it when their account is closed (accounts.md, People: export of my data, deletion of my account). The
// package that owns a table says so in its own Personal; internal/app puts them together, and a test there fails when a
// column that names a person is forgotten.
package personal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"portal/internal/database"
)

// Data is what one package, or all of them, keep of a person. Columns are written table.column.
type Data struct {
	// Sections are in the copy.
	Sections []Section
	// LeftOut are the columns that are not in the copy, with the reason.
	LeftOut map[string]string
	// Erasures are done when an account is closed, in this order.
	Erasures []Erasure
	// Kept are the columns that go on naming the closed account by its id, with the reason.
	Kept map[string]string
}

// Section is one kind of data in the copy: a file, and a part of the page.
type Section struct {
	// Name is the file's, and the end of the text account.export.section.… that is its heading.
	Name    string
	Columns []string
	// SQL selects the rows of the person $1, with nothing of other people in them. The name of each column is the end of
	// a text account.export.column.….
	SQL string
	// Texts are beginnings of keys, by column, for values that the catalogue has a word for: "account.role.".
	Texts map[string]string
}

// Person is whose account is closed.
type Person struct {
	ID int64
	// Addresses are all that the account has, had of late, or was to have.
	Addresses []string
	// Now is the instant of the closing.
	Now time.Time
}

// Erasure is what happens to some columns when an account is closed.
type Erasure struct {
	Columns []string
	Do      func(ctx context.Context, tx database.Tx, p Person) error
}

// Erase is an erasure by one statement, in which $1 is the person's id.
func Erase(sql string, columns ...string) Erasure {
	return Erasure{columns, func(ctx context.Context, tx database.Tx, p Person) error {
		_, err := tx.Exec(ctx, sql, p.ID)
		return err
	}}
}

// All puts the data of several packages together.
func All(parts ...Data) Data {
	all := Data{LeftOut: map[string]string{}, Kept: map[string]string{}}
	for _, d := range parts {
		all.Sections = append(all.Sections, d.Sections...)
		all.Erasures = append(all.Erasures, d.Erasures...)
		maps.Copy(all.LeftOut, d.LeftOut)
		maps.Copy(all.Kept, d.Kept)
	}
	return all
}

// Close does all erasures.
func (d Data) Close(ctx context.Context, tx database.Tx, p Person) error {
	for _, e := range d.Erasures {
		if err := e.Do(ctx, tx, p); err != nil {
			return fmt.Errorf("erase %v of person %d: %w", e.Columns, p.ID, err)
		}
	}
	return nil
}

// Exported says whether the column is in the copy, or left out for a reason.
func (d Data) Exported(column string) bool {
	return d.LeftOut[column] != "" || slices.ContainsFunc(d.Sections, func(s Section) bool { return slices.Contains(s.Columns, column) })
}

// Settled says whether it is known what becomes of the column when an account is closed.
func (d Data) Settled(column string) bool {
	return d.Kept[column] != "" || slices.ContainsFunc(d.Erasures, func(e Erasure) bool { return slices.Contains(e.Columns, column) })
}
