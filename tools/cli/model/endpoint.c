// SPDX-License-Identifier: GPL-2.0-only
/* Endpoints: see endpoint.h. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/endpoint.h"

/* An IPv4-mapped address is stored as the IPv4 address that it stands for. */
static bool parse_address(struct endpoint *endpoint, const char *text)
{
	struct in6_addr *address = &endpoint->address;

	if (inet_pton(AF_INET, text, address) == 1) {
		endpoint->family = AF_INET;
		return true;
	}
	if (inet_pton(AF_INET6, text, address) != 1)
		return false;
	endpoint->family = AF_INET6;
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		memmove(address, &address->s6_addr[12], sizeof(struct in_addr));
		endpoint->family = AF_INET;
	}
	return true;
}

/* The port of a socket that has none there is written as a star. */
static bool parse_port(struct endpoint *endpoint, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port = strtoul(text, NULL, 10);

	if (!strcmp(text, "*"))
		return true;
	if (!digits || digits > 5 || text[digits] || !port || port > UINT16_MAX)
		return false;
	endpoint->port = port;
	return true;
}

/* [ADDRESS]:PORT, or ADDRESS:PORT where the address has no colons itself; cut up in place. */
static bool parse(struct endpoint *endpoint, char *text)
{
	char *colon = strrchr(text, ':'), *end = strchr(text, ']');

	if (*text == '[') {
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*end = '\0';
		return parse_address(endpoint, text + 1) &&
		       (!end[1] || parse_port(endpoint, end + 2));
	}
	if (!colon || colon != strchr(text, ':'))
		return parse_address(endpoint, text);
	*colon = '\0';
	return (!*text || !strcmp(text, "*") || parse_address(endpoint, text)) &&
	       parse_port(endpoint, colon + 1);
}

/**
 * endpoint_parse - make an endpoint of ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or :PORT
 * @endpoint: filled in; refers to @text
 * @text: the text
 *
 * Return: whether it is one.
 */
bool endpoint_parse(struct endpoint *endpoint, const char *text)
{
	char *copy = xstrdup(text);
	bool good;

	*endpoint = (struct endpoint){ .text = text };
	good = parse(endpoint, copy) && (endpoint->family != AF_UNSPEC || endpoint->port);
	free(copy);
	return good;
}

/**
 * endpoint_matches - whether an address and port of the module's files is the one asked for
 * @endpoint: what is asked for
 * @text: ADDRESS:PORT or [ADDRESS]:PORT
 */
bool endpoint_matches(const struct endpoint *endpoint, const char *text)
{
	size_t size = endpoint->family == AF_INET ? sizeof(struct in_addr) :
						    sizeof(struct in6_addr);
	struct endpoint other;

	if (!endpoint->text || !endpoint_parse(&other, text))
		return false;
	if (endpoint->port && endpoint->port != other.port)
		return false;
	return endpoint->family == AF_UNSPEC ||
	       (endpoint->family == other.family &&
		!memcmp(&endpoint->address, &other.address, size));
}
