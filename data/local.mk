tutorialdir = $(pkgdatadir)/tutorial
dist_tutorial_DATA = \
	data/tutorial/Dockerfile \
	data/tutorial/Dockerfile.changed \
	data/tutorial/base.sh \
	data/tutorial/new_second.txt \
	data/tutorial/second.txt \
	data/tutorial/third.txt \
	data/tutorial/tour.sh
