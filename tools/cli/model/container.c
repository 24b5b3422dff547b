// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units, pods and containers: see container.h. Who makes the cgroups of containers names them:
 *
 *  systemd driver:  /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podUID.slice/
 *		     cri-containerd-ID.scope, crio-ID.scope; /system.slice/docker-ID.scope
 *  cgroupfs driver: /kubepods/burstable/podUID/ID; /docker/ID; /kubepods/podUID/crio-ID
 *  containerd with the one's path given to the other: .../kubepods-podUID.slice:cri-containerd:ID
 *
 * In names of slices a hyphen separates the levels, so that there a UID has _ in place of it.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/cli.h"
#include "model/container.h"

#define ID_DIGITS	64
#define UID_DIGITS	32	/* hyphens do not count */

#define HEX		"0123456789abcdef"

static bool ends_in(const char *text, const char *ending)
{
	size_t len = strlen(text), end = strlen(ending);

	return len > end && !strcmp(text + len - end, ending);
}

static void replace(char **to, char *text)
{
	free(*to);
	*to = text;
}

/* systemd puts a _ before names that cgroups have a meaning for. */
static void look_for_unit(struct container *container, const char *name, bool *is_slice)
{
	bool slice = ends_in(name, ".slice");

	if (!slice && !ends_in(name, ".service") && !ends_in(name, ".scope"))
		return;
	if (slice && container->unit && !*is_slice)
		return;
	*is_slice = slice;
	replace(&container->unit, xstrdup(name + (*name == '_')));
}

/* UID, up to the end, a point or a colon; NULL if it is none. */
static char *uid_at(const char *text)
{
	size_t len = strspn(text, HEX "-_"), digits = 0;
	char *uid;

	for (size_t i = 0; i < len; i++)
		digits += text[i] != '-' && text[i] != '_';
	if (digits != UID_DIGITS || (text[len] && text[len] != '.' && text[len] != ':'))
		return NULL;
	uid = xstrdup(text);
	uid[len] = '\0';
	for (char *at = uid; *at; at++)
		if (*at == '_')
			*at = '-';
	return uid;
}

static void look_for_pod(struct container *container, const char *name)
{
	char *uid;

	for (const char *at = strstr(name, "pod"); at; at = strstr(at + 1, "pod")) {
		if (at != name && at[-1] != '-')
			continue;
		uid = uid_at(at + strlen("pod"));
		if (uid)
			replace(&container->pod_uid, uid);
	}
}

/* conmon is what watches a container, and is in none. */
static void look_for_id(struct container *container, const char *name)
{
	size_t len = strlen(name) - (ends_in(name, ".scope") ? strlen(".scope") : 0);
	const char *id;
	char *copy;

	if (len < ID_DIGITS || strstr(name, "conmon"))
		return;
	id = name + len - ID_DIGITS;
	if (strspn(id, HEX) < ID_DIGITS || (id != name && id[-1] != '-' && id[-1] != ':'))
		return;
	copy = xstrdup(id);
	copy[ID_DIGITS] = '\0';
	replace(&container->id, copy);
}

/**
 * container_of_path - find them in a path
 * @container: filled in; container_free() is due
 * @path: the path
 */
void container_of_path(struct container *container, const char *path)
{
	char *copy = xstrdup(path), *rest = copy, *name;
	bool is_slice = false;

	*container = (struct container){ 0 };
	while ((name = strsep(&rest, "/"))) {
		if (!*name)
			continue;
		look_for_unit(container, name, &is_slice);
		look_for_pod(container, name);
		look_for_id(container, name);
	}
	free(copy);
}

/**
 * container_free - give everything back
 * @container: what was found
 */
void container_free(struct container *container)
{
	free(container->unit);
	free(container->pod_uid);
	free(container->id);
	*container = (struct container){ 0 };
}
