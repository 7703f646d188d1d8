"""Debian: releases, packages, versions and archives."""
