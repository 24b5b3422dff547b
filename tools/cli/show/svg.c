// SPDX-License-Identifier: GPL-2.0-only
/* SVG: see svg.h. It is drawn into memory first, as its height stands at its beginning. */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "show/svg.h"

static const char style[] =
	"text{font:12px sans-serif;fill:#222}"
	".title{font-size:18px;font-weight:bold}"
	".head{font-size:14px;font-weight:bold}"
	".faint{fill:#666}"
	".grid{stroke:#ddd;stroke-width:1}"
	".axis{stroke:#444;stroke-width:1}"
	".mark{stroke:#b00020;stroke-width:1;stroke-dasharray:6 4}"
	".marked{fill:#b00020;font-size:11px}";

/**
 * svg_begin - begin a picture
 * @svg: filled in; svg_print() is due
 */
void svg_begin(struct svg *svg)
{
	*svg = (struct svg){ 0 };
	svg->f = open_memstream(&svg->text, &svg->size);
	if (!svg->f) {
		say_error("out of memory");
		exit(CLI_FAILED);
	}
}

/*
 * How many bytes a character has that is not to be shown as it is, but as \ooo: what XML cannot
 * hold, controls, and what turns the direction of writing round. 0 for all others.
 */
static size_t odd_bytes(const unsigned char *c)
{
	if (*c < 0x20 || *c == 0x7f)
		return 1;
	if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
		return 2;
	if (*c == 0xe2 && c[1] == 0x80 &&
	    (c[2] == 0x8e || c[2] == 0x8f || (c[2] >= 0xa8 && c[2] <= 0xae)))
		return 3;
	if (*c == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9)
		return 3;
	return *c == 0xef && c[1] == 0xbf && c[2] >= 0xbe ? 3 : 0;
}

static void put_text(FILE *f, const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t odd;

	for (; *c; c++) {
		for (odd = odd_bytes(c); odd > 1; odd--)
			fprintf(f, "\\%03o", *c++);
		if (odd)
			fprintf(f, "\\%03o", *c);
		else if (*c == '<')
			fputs("&lt;", f);
		else if (*c == '>')
			fputs("&gt;", f);
		else if (*c == '&')
			fputs("&amp;", f);
		else if (*c == '"')
			fputs("&quot;", f);
		else
			putc(*c, f);
	}
}

static void put_title(FILE *f, const char *title)
{
	if (!title)
		return;
	fputs("<title>", f);
	put_text(f, title);
	fputs("</title>", f);
}

/**
 * svg_line - a line
 * @svg: the picture
 * @class: what it looks like
 * @x1: where it begins
 * @y1: where it begins
 * @x2: where it ends
 * @y2: where it ends
 */
void svg_line(struct svg *svg, const char *class, double x1, double y1, double x2, double y2)
{
	fprintf(svg->f, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		class, x1, y1, x2, y2);
}

/**
 * svg_rect - a rectangle that is filled
 * @svg: the picture
 * @style: its colour
 * @x: its left
 * @y: its top
 * @width: its width
 * @height: its height
 * @title: what is told where it is pointed at; or NULL
 */
void svg_rect(struct svg *svg, const char *style, double x, double y, double width, double height,
	      const char *title)
{
	fprintf(svg->f, "<rect fill=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">",
		style, x, y, width, height);
	put_title(svg->f, title);
	fputs("</rect>\n", svg->f);
}

/**
 * svg_text - a text
 * @svg: the picture
 * @class: what it looks like
 * @anchor: how it stands to its place
 * @x: its place
 * @y: its place
 * @text: any text
 */
void svg_text(struct svg *svg, const char *class, enum svg_anchor anchor, double x, double y,
	      const char *text)
{
	static const char *const anchors[] = { "start", "middle", "end" };

	fprintf(svg->f, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", class,
		anchors[anchor], x, y);
	put_text(svg->f, text);
	fputs("</text>\n", svg->f);
}

/**
 * svg_path_begin - begin a line of many points; svg_path_to() and svg_path_end() are due
 * @svg: the picture
 * @color: its colour
 */
void svg_path_begin(struct svg *svg, const char *color)
{
	fprintf(svg->f, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" "
		"stroke-linejoin=\"round\" stroke-linecap=\"round\" d=\"", color);
}

/**
 * svg_path_to - the next point
 * @svg: the picture
 * @x: the point
 * @y: the point
 * @draws: whether a line goes there from the one before
 */
void svg_path_to(struct svg *svg, double x, double y, int draws)
{
	/* What stands alone is a point: a line to where it is. */
	if (!draws)
		fprintf(svg->f, "M%.1f %.1f", x, y);
	fprintf(svg->f, "L%.1f %.1f", x, y);
}

/**
 * svg_path_end - the end of the line
 * @svg: the picture
 * @title: what is told where it is pointed at
 */
void svg_path_end(struct svg *svg, const char *title)
{
	fputs("\">", svg->f);
	put_title(svg->f, title);
	fputs("</path>\n", svg->f);
}

/**
 * svg_print - write a picture to standard output, and give it back
 * @svg: the picture
 * @width: its width
 * @height: its height
 * @title: what it is called
 */
void svg_print(struct svg *svg, double width, double height, const char *title)
{
	fclose(svg->f);
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
	       "viewBox=\"0 0 %.0f %.0f\">\n", width, height, width, height);
	put_title(stdout, title);
	printf("\n<style>%s</style>\n<rect fill=\"#fff\" width=\"100%%\" height=\"100%%\"/>\n%s"
	       "</svg>\n", style, svg->text);
	free(svg->text);
	*svg = (struct svg){ 0 };
}

/**
 * svg_drop - give a picture back without writing it
 * @svg: the picture
 */
void svg_drop(struct svg *svg)
{
	fclose(svg->f);
	free(svg->text);
	*svg = (struct svg){ 0 };
}
