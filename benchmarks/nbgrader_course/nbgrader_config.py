"""The smallest course there is: one assignment, one student."""

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "echo"
