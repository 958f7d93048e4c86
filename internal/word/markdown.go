package word

import (
	"regexp"
	"strconv"
	"strings"
)

// item is an item of a list in a long text. Its further lines are in text.
type item struct {
	level   int
	ordered bool
	text    string
}

// block is a paragraph, or a list when it has items.
type block struct {
	text  string
	items []item
}

var listLine = regexp.MustCompile(`^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+(\S.*)$`)

// parseBlocks takes a long text apart: paragraphs between blank lines, and the lists of Markdown. Marks within a line are
// left as they are typed.
func parseBlocks(markdown string) []block {
	var blocks []block
	var last *block // the block that the next line may belong to
	for line := range strings.SplitSeq(strings.ReplaceAll(markdown, "\r\n", "\n"), "\n") {
		plain := strings.TrimSpace(line)
		switch m := listLine.FindStringSubmatch(line); {
		case plain == "":
			if last != nil && len(last.items) == 0 {
				last = nil
			}
			if last != nil {
				last.text = "blank" // a list goes on after a blank line, but only with another item
			}
		case m != nil:
			indent := len(strings.ReplaceAll(m[1], "\t", "    "))
			blocks = addItem(blocks, item{level: min((indent+1)/3, 8), ordered: m[2] != "", text: strings.TrimSpace(m[3])})
			last = &blocks[len(blocks)-1]
			last.text = ""
		case last != nil && len(last.items) > 0 && last.text == "":
			last.items[len(last.items)-1].text += "\n" + plain
		case last != nil && len(last.items) == 0:
			last.text += "\n" + plain
		default:
			blocks = append(blocks, block{text: plain})
			last = &blocks[len(blocks)-1]
		}
	}
	for i := range blocks {
		if len(blocks[i].items) > 0 {
			blocks[i].text = ""
		}
	}
	return blocks
}

// addItem adds an item to the list that ends the blocks, or begins a list: also where dashes turn into numbers.
func addItem(blocks []block, it item) []block {
	end := len(blocks) - 1
	if end < 0 || len(blocks[end].items) == 0 || it.level == 0 && it.ordered != blocks[end].items[0].ordered {
		return append(blocks, block{items: []item{it}})
	}
	blocks[end].items = append(blocks[end].items, it)
	return blocks
}

// writeBlocks is the Markdown of the blocks: bullets are dashes, numbers count from one on each level, each level is
// indented by three blanks.
func writeBlocks(blocks []block) string {
	var b strings.Builder
	for i, one := range blocks {
		if i > 0 {
			b.WriteString("\n\n")
		}
		if len(one.items) == 0 {
			b.WriteString(one.text)
			continue
		}
		writeList(&b, one.items)
	}
	return strings.TrimSpace(b.String())
}

func writeList(b *strings.Builder, items []item) {
	var counts [10]int
	deepest := 0
	for i, it := range items {
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == 0 {
			it.level = 0
		}
		it.level = min(it.level, deepest+1, 8) // a list cannot begin two levels below
		for level := it.level + 1; level < len(counts); level++ {
			counts[level] = 0
		}
		deepest = it.level
		mark := "- "
		if it.ordered {
			counts[it.level]++
			mark = strconv.Itoa(counts[it.level]) + ". "
		} else {
			counts[it.level] = 0
		}
		indent := strings.Repeat("   ", it.level)
		lines := strings.Split(it.text, "\n")
		b.WriteString(indent + mark + lines[0])
		for _, more := range lines[1:] {
			b.WriteString("\n" + indent + "   " + more)
		}
	}
}
