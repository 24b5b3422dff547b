/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SVG: a picture that is one file, needs no script and nothing from elsewhere. Names in it may be
 * anything that a cgroup can be called.
 */
#ifndef PORTQUOTA_SVG_H
#define PORTQUOTA_SVG_H

#include <stddef.h>
#include <stdio.h>

/* How a text stands to its place */
enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/**
 * struct svg - a picture being drawn; starts with svg_begin()
 * @f: what has been drawn
 * @text: where that goes
 * @size: how much that is
 */
struct svg {
	FILE *f;
	char *text;
	size_t size;
};

void svg_begin(struct svg *svg);
void svg_line(struct svg *svg, const char *class, double x1, double y1, double x2, double y2);
void svg_rect(struct svg *svg, const char *style, double x, double y, double width, double height,
	      const char *title);
void svg_text(struct svg *svg, const char *class, enum svg_anchor anchor, double x, double y,
	      const char *text);
void svg_path_begin(struct svg *svg, const char *color);
void svg_path_to(struct svg *svg, double x, double y, int draws);
void svg_path_end(struct svg *svg, const char *title);
void svg_print(struct svg *svg, double width, double height, const char *title);
void svg_drop(struct svg *svg);

#endif
