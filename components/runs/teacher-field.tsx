// Whose scores a run of the launch form learns: nobody's, those of a run or an imported model, or a file's.
'use client'
import { useQuery } from '@tanstack/react-query'
import { type Path, useFormContext } from 'react-hook-form'
import { type NewPipeline, type NewRun, teacherOf } from '@/contract/run'
import { api, keys } from '@/components/api'
import { UploadField } from '@/components/datasets/upload-field'
import { Field, Input, Select } from '@/components/ui/field'
import { encodeStart, type ExistingRun, startModel } from './prepare-start'
import { encodeTeacher, isTeachable, teacherOptions, withTeacher } from './prepare-teacher'

export function TeacherField({ index, runs, existing }: { index: number; runs: NewRun[]; existing: ExistingRun[] }) {
  const form = useFormContext<NewPipeline>()
  const models = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal) })
  const { config } = runs[index]
  if (!isTeachable(config)) return null
  const teacher = teacherOf(config)
  const options = teacherOptions(runs, index, existing)
  const ready = (models.data ?? []).filter((model) => model.state === 'ready').map((model) => ({ value: encodeStart(startModel(model)), label: model.name }))
  const groups = [
    { title: 'This launch', options: options.siblings },
    { title: 'Runs', options: options.runs },
    { title: 'Imported models', options: ready },
  ].filter((group) => group.options.length > 0)
  const path = `runs.${index}.config.distillation` as Path<NewPipeline>
  const filePath = `${path}.teacher.file` as Path<NewPipeline>
  const errorAt = (...parts: string[]) => parts.map((part) => form.getFieldState(`${path}${part}` as Path<NewPipeline>, form.formState).error?.message).find(Boolean)
  const choose = (value: string) => form.setValue(path, withTeacher(config.distillation, value, models.data) as never, { shouldDirty: true, shouldValidate: value !== 'file' })
  return (
    <>
      <Field label="Teacher" error={errorAt('.teacher.runId', '.teacher.name', '.teacher.modelId')} help={teacher?.kind === 'file' ? 'The documents that the file scores are the negatives; nothing is mined.' : 'Its scores of each query’s positive and mined negatives are learned too.'}>
        {(ids) => (
          <Select {...ids} value={encodeTeacher(teacher)} onChange={(e) => choose(e.target.value)}>
            <option value="">No teacher</option>
            {teacher?.kind === 'run' && teacher.runId === '' && <option value="run:">Choose a run, a model or a file</option>}
            {groups.map((group) => (
              <optgroup key={group.title} label={group.title}>
                {group.options.map((option) => (
                  <option key={option.value} value={option.value}>
                    {option.label}
                  </option>
                ))}
              </optgroup>
            ))}
            <option value="file">A file of scores</option>
          </Select>
        )}
      </Field>
      {teacher?.kind === 'file' && (
        <div className="flex min-w-0 flex-col gap-1">
          <Field label="File of scores" error={errorAt('.teacher.file')} help="Path on the server, plain or .gz; a line: query, document, score, or the positive’s score, the negative’s, query, positive, negative.">
            {(ids) => <Input {...ids} {...form.register(filePath)} placeholder="/data/teacher-scores.tsv.gz" autoComplete="off" spellCheck={false} />}
          </Field>
          <UploadField label="Upload a file from this computer instead" onUploaded={(folder, [file]) => form.setValue(filePath, `${folder}/${file.name}` as never, { shouldDirty: true, shouldValidate: true })} />
        </div>
      )}
    </>
  )
}
